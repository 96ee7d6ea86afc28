"""The machinery that the three services stand on; knows no service and no business word."""
