"""Strava: the archive in any account language with the files it names, and the API, off until its terms are agreed to."""
