/** The sign of Sallyport: a gate with a way through. */

export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path
        fill="var(--mantine-primary-color-filled)"
        d="M4 7h4V4h5v3h6V4h5v3h4v19a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z"
      />
      <path fill="var(--mantine-color-body)" d="M11 29V19a5 5 0 0 1 10 0v10z" />
    </svg>
  );
}
