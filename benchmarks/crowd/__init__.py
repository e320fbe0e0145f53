"""A crowd that watches for long: many users with several connections each, pushed to all the time."""
