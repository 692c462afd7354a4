"""The real ends of the ports: processes, files, git, clusters. Foreign errors become ours here."""
