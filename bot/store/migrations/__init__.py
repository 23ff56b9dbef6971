"""How a database gets the tables, step by step."""
