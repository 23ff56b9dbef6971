"""The assistant itself: understanding, dialogue, rules. It knows no channel."""
