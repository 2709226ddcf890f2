"""Where threads are kept between steps and runs: savers and the serializer they use."""
