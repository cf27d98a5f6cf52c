"""What `envaccess secrets import` reads: files of many tools, as each of these tools means them."""
