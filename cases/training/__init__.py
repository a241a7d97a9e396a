"""What the trainings of every case share: context, configuration, bundle, model card."""
