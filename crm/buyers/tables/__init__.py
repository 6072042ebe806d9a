"""The tables of the buyer database, by what they hold; `crm.buyers.models` gives them all."""
