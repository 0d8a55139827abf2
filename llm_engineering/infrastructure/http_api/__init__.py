"""The service over HTTP: an app made of parts that are passed in; see `app.service_app`."""
