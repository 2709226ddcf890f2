"""Agents whose models are real clients of providers, over loopback, against a server that speaks their protocols."""
