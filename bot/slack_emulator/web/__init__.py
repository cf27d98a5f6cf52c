"""The Web API: one function a method, and the door they are reached through."""
