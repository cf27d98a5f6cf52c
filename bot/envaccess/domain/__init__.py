"""Pure rules: values in, values out. No library, no clock, no environment, no input or output."""
