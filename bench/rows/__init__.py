"""The rows of the table: each measures one claim, with its peers, in one run."""
