"""The WHOOP export: cycles, sleeps, workouts and the journal, in both generations of columns."""
