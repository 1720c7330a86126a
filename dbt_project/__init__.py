"""The warehouse: staging, intermediate and marts, built by dbt from a snapshot of the ledger."""

# Every module of the coach whose words `functions` speaks; a change in one of them means another warehouse.
COACH_MODULES = ("fitness", "history", "limits", "model", "pace", "prediction", "race_models")
