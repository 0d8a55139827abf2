"""What is done with the domain: crawl, preprocess, index, retrieve. Services are behind the ports of `ports`."""
