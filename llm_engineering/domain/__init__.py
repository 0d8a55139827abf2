"""What things are: frozen models and the rules on them. Imports nothing of the other layers and no service."""
