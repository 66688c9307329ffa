"""The rules of the sandbox: how far its clock leaps."""
