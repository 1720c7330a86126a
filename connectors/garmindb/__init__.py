"""GarminDB's SQLite databases, read and never written: activities, nights, HRV and days, in the units they are kept in."""
