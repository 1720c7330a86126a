"""The wiring: Prefect flows and the command line. The only place that knows the orchestrator, the environment, paths and the clock."""
