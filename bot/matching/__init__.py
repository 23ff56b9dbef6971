"""Understanding: from what a person wrote to the entry that answers it."""
