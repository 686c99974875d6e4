/** A field for a new password with its rules beneath, each of them ticked as soon as it holds. */

import { Button, Group, List, PasswordInput, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconPointFilled } from './icons.tsx';
import { generatePassword, lengthHint, type PasswordRule } from './password-rules.ts';

interface NewPasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (password: string) => void;
  readonly rules: readonly PasswordRule[];
  /** Offers to make one, which is then shown. */
  readonly canGenerate?: boolean;
  readonly isVisible?: boolean;
  readonly onVisibility?: (isVisible: boolean) => void;
  readonly hasFocus?: boolean;
}

export function NewPassword(props: NewPasswordProps) {
  const { label, value, onChange, rules, canGenerate = false, isVisible, onVisibility } = props;
  const generate = () => {
    onChange(generatePassword());
    onVisibility?.(true);
  };
  return (
    <Stack gap="xs">
      <Group align="end" gap="sm" wrap="nowrap">
        <PasswordInput
          label={label}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete="new-password"
          required
          flex={1}
          data-autofocus={props.hasFocus}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password', tabIndex: 0 }}
          {...(isVisible !== undefined && { visible: isVisible })}
          {...(onVisibility && { onVisibilityChange: onVisibility })}
        />
        {canGenerate && (
          <Button variant="default" onClick={generate}>
            Generate
          </Button>
        )}
      </Group>
      <RuleList value={value} rules={rules} />
      <Text size="xs" c="dimmed">
        {lengthHint(value)}
      </Text>
    </Stack>
  );
}

function RuleList({ value, rules }: Pick<NewPasswordProps, 'value' | 'rules'>) {
  return (
    <List size="sm" spacing={4} center aria-label="What the password must have">
      {rules.map(({ text, holds }) => {
        const isKept = holds(value);
        return (
          <List.Item
            key={text}
            icon={
              <ThemeIcon size={18} radius="xl" variant="light" color={isKept ? 'teal' : 'gray'}>
                {isKept ? <IconCheck size={12} /> : <IconPointFilled size={8} />}
              </ThemeIcon>
            }
          >
            <Text size="sm" span {...(!isKept && { c: 'dimmed' })}>
              {text}
              <Text span className="only-heard">
                {isKept ? ', yes' : ', not yet'}
              </Text>
            </Text>
          </List.Item>
        );
      })}
    </List>
  );
}
