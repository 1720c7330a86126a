"""The wiring: Prefect flows and the command line. Only here are the orchestrator, the environment, paths and the clock known."""
