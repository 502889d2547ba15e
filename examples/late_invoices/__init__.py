"""Which invoices will be paid late: specifications and a data generator with a known mechanism."""
