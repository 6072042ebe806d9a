"""How a template becomes a letter: Liquid, MJML, the page around it, the envelope."""
