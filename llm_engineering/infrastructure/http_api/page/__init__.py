"""The files of the page; `page_files` serves them."""
