"""What a user configures: plain data that is checked, compared, turned into JSON and saved in files."""
