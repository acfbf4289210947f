"""One way to run work in other processes: a warm server that runs each job in a process of its own, watched."""
