"""Speech to text: fine-tuning and running a whole Whisper."""
