/** Starts the console in its page. */

// First of all: what is loaded after it may write style sheets.
import './trusted-types.ts';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no place for the console');
createRoot(place).render(<App />);
