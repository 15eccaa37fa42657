"""Wires everything, decides nothing: settings, addresses, the API's root, home and the starter."""
