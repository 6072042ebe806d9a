"""How facts about a buyer converge, whatever order they arrive in."""
