"""How a request becomes checked arguments, and how an answer or a refusal becomes HTTP."""
