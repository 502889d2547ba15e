"""What the race of tree explanations runs, one tool a process."""
