"""The warehouse: staging, intermediate and marts, built by dbt from a snapshot of the ledger."""
