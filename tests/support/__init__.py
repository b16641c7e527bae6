"""What tests stand on: real servers on loopback, and small tools. No test lives here."""
