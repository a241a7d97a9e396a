"""Text models: tokenizer, encoder, languages."""
