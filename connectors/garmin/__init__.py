"""Garmin: the account export that comes by mail and the Personal API."""
