"""What makes the data and recordings that are kept in the repository; not shipped."""
