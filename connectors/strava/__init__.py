"""The Strava archive: its list of activities in any account language, and the files it names."""
