"""Who somebody is now, whose duty it is, and who has left."""
