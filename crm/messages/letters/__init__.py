"""How a template becomes a letter: Liquid, MJML, the page around it. All of it is pure."""
