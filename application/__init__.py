"""The use cases, in the terms of the user story: they apply rules of domain/ and call adapters of infra/."""
