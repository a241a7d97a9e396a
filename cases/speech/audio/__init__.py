"""Audio features and encoders: what speech recordings are to pretrained networks."""
