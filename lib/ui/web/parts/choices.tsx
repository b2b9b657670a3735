import { useId } from "react";

interface ChoicesProps<Choice extends string> {
  readonly title: string;
  readonly choices: readonly (readonly [Choice, string])[];
  readonly chosen: Choice;
  readonly onChoose: (choice: Choice) => void;
}

/** One of a few. */
export function Choices<Choice extends string>(props: ChoicesProps<Choice>) {
  const { title, choices, chosen, onChoose } = props;
  const name = useId();
  return (
    <fieldset className="setting">
      <legend className="label">{title}</legend>
      {choices.map(([choice, words]) => (
        <label key={choice} className="check">
          <input
            type="radio"
            name={name}
            checked={choice === chosen}
            onChange={() => onChoose(choice)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
