"""Reviews of emergencies."""
