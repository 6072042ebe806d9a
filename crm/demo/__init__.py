"""The demonstration: a sample tea shop as a program of its own, its buyers and its sellers.

Nothing here touches the product's database: orders come as signed webhooks, sellers use the REST
API and commands, buyers open the links of their mails.
"""
