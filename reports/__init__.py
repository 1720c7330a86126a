"""What people see: views gathered from the marts, rendered as mail and as a static site."""
