package alerts

// At calls f at the points where a test lets the server die.
func (s *Service) At(f func(point string)) { s.at = f }
