"""The file of workspaces: which channels, policy and sources each uses, by its team id."""
