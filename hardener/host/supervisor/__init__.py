"""supervisord's configuration as it reads it itself, and the talk with a running one."""
